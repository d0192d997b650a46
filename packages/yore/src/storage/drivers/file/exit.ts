/**
 * The end of the process while a transaction of LMDB waits for us.
 *
 * LMDB's thread holds a transaction and calls for its body, on the loop of the program. A program that is ending makes no more calls, and
 * Node ends only after that thread: it would wait for ever, and keep the directory from all others. So in that one state the process is
 * ended by a signal. Nothing is lost that was acknowledged, as with any process that is killed.
 *
 * (1) One listener for the process, however many directories are open.
 * (2) Where a signal means the exit code that the program chose (130 is SIGINT, as shells count), it is that signal.
 */

import { isMainThread } from 'node:worker_threads'

let waiting = 0
let isListening = false

const signals: Readonly<Record<number, NodeJS.Signals>> = {
  129: 'SIGHUP',
  130: 'SIGINT',
  143: 'SIGTERM',
}

function end(code: number): void {
  if (waiting === 0) return
  const signal = signals[code]
  if (signal !== undefined) {
    // without listeners it ends the process
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  }
  process.kill(process.pid, 'SIGKILL')
}

/** A transaction has been asked for, and its body has not run. The result says that it has, or never will. */
export function bodyAwaited(): () => void {
  // what a worker's thread leaves behind, the process ends
  if (!isListening && isMainThread) process.on('exit', end)
  isListening = true
  waiting++
  let isOver = false
  return () => {
    if (!isOver) waiting--
    isOver = true
  }
}
