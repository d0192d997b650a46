/**
 * The one error that Yore throws at its users. A bug trips `assert` (assert.ts); everything else is a `YoreError`.
 *
 * (1) `code` is the original's keyword wherever it has one; the codes of Yore's own are listed here too.
 * (2) Every code stands once in `errorCodes`, with its category; a test raises each of them.
 * (3) The message says what is wrong, where in the input, and what to do.
 */

export type Category =
  | 'incorrect'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'unavailable'
  | 'interrupted'
  | 'busy'
  | 'unsupported'
  | 'fault'

/**
 * Every code with its usual category; a raise may give another category where the original does. What begins with `:yore/` is ours:
 * most stand where the original has an exception without a keyword.
 */
export const errorCodes = {
  ':backup/claim-failed': 'conflict',
  ':pull/duplicate-attribute': 'incorrect',
  ':db.error/attr-pred': 'incorrect',
  ':db.error/attr-pred-on-system-attr': 'incorrect',
  ':db.error/attribute-ident-missing': 'incorrect',
  ':db.error/attribute-not-indexed': 'incorrect',
  ':db.error/cas-failed': 'conflict',
  ':db.error/cycle-in-affinity': 'incorrect',
  ':db.error/datom-cannot-be-altered': 'incorrect',
  ':db.error/datoms-conflict': 'incorrect',
  ':db.error/db-not-found': 'not-found',
  ':db.error/entity-attr': 'incorrect',
  ':db.error/entity-pred': 'incorrect',
  ':db.error/future-tx-instant': 'incorrect',
  ':db.error/insufficient-binding': 'incorrect',
  ':db.error/invalid-aggregate': 'incorrect',
  ':db.error/invalid-alter-attribute': 'incorrect',
  ':db.error/invalid-attr-spec': 'incorrect',
  ':db.error/invalid-cas': 'incorrect',
  ':db.error/invalid-cas-many': 'incorrect',
  ':db.error/invalid-clause': 'incorrect',
  ':db.error/invalid-data-function': 'incorrect',
  ':db.error/invalid-data-source': 'incorrect',
  ':db.error/invalid-datom': 'incorrect',
  ':db.error/invalid-element-change': 'incorrect',
  ':db.error/invalid-entity-id': 'incorrect',
  ':db.error/invalid-force-partition-map': 'incorrect',
  ':db.error/invalid-install-attribute': 'incorrect',
  ':db.error/invalid-limit': 'incorrect',
  ':db.error/invalid-lookup-ref': 'incorrect',
  ':db.error/invalid-match-partition-map': 'incorrect',
  ':db.error/invalid-nested-entity': 'incorrect',
  ':db.error/invalid-pull': 'incorrect',
  ':db.error/invalid-recur-limit': 'incorrect',
  ':db.error/invalid-tuple-value': 'incorrect',
  ':db.error/invalid-value-type': 'incorrect',
  ':db.error/lookup-ref-attr-not-unique': 'incorrect',
  ':db.error/nil-input': 'incorrect',
  ':db.error/nil-value': 'incorrect',
  ':db.error/not-a-binding-form': 'incorrect',
  ':db.error/not-a-cardinality': 'incorrect',
  ':db.error/not-a-data-function': 'incorrect',
  ':db.error/not-a-db-id': 'incorrect',
  ':db.error/not-a-keyword': 'incorrect',
  ':db.error/not-a-partition': 'incorrect',
  ':db.error/not-a-value-type': 'incorrect',
  ':db.error/not-an-attribute': 'incorrect',
  ':db.error/not-an-entity': 'incorrect',
  ':db.error/not-in-system-partition': 'incorrect',
  ':db.error/not-transaction-data': 'incorrect',
  ':db.error/or-binding-empty': 'incorrect',
  ':db.error/past-tx-instant': 'incorrect',
  ':db.error/pattern-not-bound': 'incorrect',
  ':db.error/reset-tx-instant': 'incorrect',
  ':db.error/schema-without-install': 'incorrect',
  ':db.error/tempid-not-an-entity': 'incorrect',
  ':db.error/too-few-inputs': 'incorrect',
  ':db.error/unbound-query-variables': 'incorrect',
  ':db.error/unique-conflict': 'conflict',
  ':db.error/unsupported-protocol': 'unsupported',
  ':db.error/wrong-type-for-attribute': 'incorrect',
  ':yore/backup-not-found': 'not-found',
  ':yore/database-exists': 'conflict',
  ':yore/invalid-dump': 'incorrect',
  ':yore/invalid-edn': 'incorrect',
  ':yore/invalid-value': 'incorrect',
  ':yore/invalid-argument': 'incorrect',
  ':yore/index-behind': 'busy',
  ':yore/queue-full': 'busy',
  ':yore/invalid-time-point': 'incorrect',
  ':yore/invalid-query': 'incorrect',
  ':yore/invalid-rules': 'incorrect',
  ':yore/invalid-function-call': 'incorrect',
  ':yore/invalid-uri': 'incorrect',
  ':yore/unknown-function': 'not-found',
  ':yore/unknown-name': 'not-found',
  ':yore/writer-replaced': 'unavailable',
  ':yore/forbidden-function': 'forbidden',
  ':yore/history-not-allowed': 'unsupported',
  ':yore/limit-exceeded': 'incorrect',
  ':yore/timeout': 'interrupted',
  ':yore/cancelled': 'interrupted',
  ':yore/function-failed': 'fault',
  ':yore/released': 'unavailable',
  ':yore/reports-overflow': 'unavailable',
  ':yore/driver-missing': 'unsupported',
  ':yore/storage-busy': 'busy',
  ':yore/storage-closed': 'unavailable',
  ':yore/storage-corrupt': 'fault',
  ':yore/storage-not-found': 'not-found',
  ':yore/storage-read-only': 'forbidden',
  ':yore/storage-unavailable': 'unavailable',
  ':yore/unsupported-format': 'unsupported',
} as const

export type ErrorCode = keyof typeof errorCodes

/** What went wrong, for programs (`code`, `category`, `data`) and for people (`message`). */
export class YoreError extends Error {
  override readonly name = 'YoreError'
  readonly code: ErrorCode
  readonly category: Category
  readonly data: Readonly<Record<string, unknown>>

  constructor(
    code: ErrorCode,
    message: string,
    data: Readonly<Record<string, unknown>> = {},
    options: { readonly category?: Category; readonly cause?: unknown } = {},
  ) {
    super(`${code} ${message}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.category = options.category ?? errorCodes[code]
    this.data = data
  }
}

/** Throws a YoreError; an expression, so that it can stand where a value is wanted. */
export function raise(
  code: ErrorCode,
  message: string,
  data?: Readonly<Record<string, unknown>>,
  options?: { readonly category?: Category; readonly cause?: unknown },
): never {
  throw new YoreError(code, message, data, options)
}
