/** The public names of Yore. */

export { YoreError } from './base/errors.ts'
export type { Category, ErrorCode } from './base/errors.ts'
export type { Limits } from './base/budget.ts'
export type { Env } from './base/env.ts'
export { BigDecimal } from './data/big-decimal.ts'
export { touch } from './db/entity.ts'
export type { Entity, EntityValue } from './db/entity.ts'
export { backupDatabase, deleteBackups, listBackups, restoreDatabase } from './embedded/backup.ts'
export type {
  BackupDone,
  BackupOptions,
  BackupPoint,
  BackupTarget,
  CopyProgress,
  PruneProgress,
  RestoreOptions,
} from './embedded/backup.ts'
export {
  connect,
  createDatabase,
  deleteDatabase,
  getDatabaseNames,
  renameDatabase,
} from './embedded/connect.ts'
export type { ConnectOptions } from './embedded/connect.ts'
export type { TaskOptions } from './admin/task.ts'
export { exportLog, importLog } from './embedded/dump.ts'
export type { DumpProgress, ExportLogOptions, ImportLogOptions } from './embedded/dump.ts'
export { storageStats } from './embedded/storage-stats.ts'
export type { OrderStats, StorageStats, StorageStatsProgress } from './embedded/storage-stats.ts'
export { verifyBackup, verifyDatabase } from './embedded/verify.ts'
export type {
  Problem,
  VerifyBackupOptions,
  VerifyProgress,
  VerifyReport,
} from './embedded/verify.ts'
export { Connection } from './peer/connection.ts'
export { Database } from './peer/database.ts'
export { Datom } from './peer/datom.ts'
export {
  implicitPart,
  implicitPartId,
  part,
  resolveTempid,
  tempid,
  tToTx,
  txToT,
} from './peer/ids.ts'
export type { StructuralTempid } from './peer/ids.ts'
export type { ReadOptions } from './peer/limits.ts'
export { Log } from './peer/log.ts'
export type { LogTransaction } from './peer/log.ts'
export { explain } from './peer/explain.ts'
export type { Explanation } from './peer/explain.ts'
export { q, qseq, query } from './peer/query.ts'
export type { QueryMap } from './peer/query.ts'
export type {
  ClauseStats,
  IoReads,
  IoStats,
  Observed,
  QueryPhase,
  QueryStats,
} from './peer/stats.ts'
export type { TransactOptions, TxStageStats, TxStats } from './peer/tx-stats.ts'
export type { TxStage } from './transact/terms.ts'
export type { PlanAccess, PlanReads, PlanStep, QueryPlan } from './query/plan/explain.ts'
export { squuid, squuidTimeMillis } from './peer/squuid.ts'
export type {
  Answer,
  AttributeInfo,
  AttributeValue,
  DatabaseFunction,
  DatabaseStats,
  DatomsArguments,
  EntityId,
  EntityIdentifier,
  FunctionTable,
  IndexName,
  IndexPullArguments,
  IndexRangeArguments,
  Keyword,
  Locality,
  LookupRef,
  Pulled,
  PulledValue,
  PullPattern,
  Query,
  Rows,
  Scalar,
  TimePoint,
  TxData,
  TxMap,
  TxOperation,
  TxReport,
  TxValue,
} from './peer/types.ts'
