// Answer
export type Answer<L extends Locality, T> = L extends 'local' ? T : Promise<T>;

// AttributeInfo
export interface AttributeInfo {
    readonly id: EntityId;
    readonly ident: Keyword;
    readonly valueType: Keyword;
    readonly cardinality: ':db.cardinality/one' | ':db.cardinality/many';
    readonly unique: ':db.unique/identity' | ':db.unique/value' | null;
    readonly indexed: boolean;
    readonly hasAvet: boolean;
    readonly isComponent: boolean;
    readonly noHistory: boolean;
    readonly fulltext: boolean;
}

// AttributeValue
export type AttributeValue = Scalar | readonly (Scalar | null)[];

// BackupDone
export interface BackupDone {
    readonly t: number;
    readonly instant: Date;
    readonly blobs: number;
    readonly bytes: number;
}

// BackupOptions
export interface BackupOptions extends TaskOptions<CopyProgress> {
    readonly check?: boolean;
}

// BackupPoint
export interface BackupPoint {
    readonly t: number;
    readonly instant: Date;
    readonly made: Date;
}

// BackupTarget
export type BackupTarget = string | Storage;

// BigDecimal
export declare class BigDecimal {
    readonly unscaled: bigint;
    readonly scale: number;
    constructor(unscaled: bigint, scale: number);
    static parse(text: string): BigDecimal;
    static of(x: bigint | number): BigDecimal;
    compare(other: BigDecimal): number;
    equals(other: BigDecimal): boolean;
    add(other: BigDecimal): BigDecimal;
    subtract(other: BigDecimal): BigDecimal;
    multiply(other: BigDecimal): BigDecimal;
    negate(): BigDecimal;
    get sign(): number;
    toNumber(): number;
    toBigInt(): bigint;
    toString(): string;
    toJSON(): string;
}

// Category
export type Category = 'incorrect' | 'forbidden' | 'not-found' | 'conflict' | 'unavailable' | 'interrupted' | 'busy' | 'unsupported' | 'fault';

// ClauseStats
export interface ClauseStats {
    readonly clause: string;
    readonly rowsIn: number;
    readonly rowsOut: number;
    readonly bindsIn: readonly string[];
    readonly bindsOut: readonly string[];
    readonly preds?: readonly string[];
    readonly expansion?: number;
    readonly warnings?: {
        readonly unboundVars: readonly string[];
    };
}

// ConnectOptions
export interface ConnectOptions {
    readonly functions?: FunctionTable;
    readonly readOnly?: boolean;
    readonly durability?: 'durable' | 'relaxed';
    readonly cacheBytes?: number;
    readonly memoryIndexThreshold?: number;
    readonly memoryIndexMax?: number;
    readonly indexing?: 'auto' | 'worker' | 'pieces';
    readonly segmentSize?: number;
    readonly compression?: 'lz4' | 'deflate-raw' | 'none';
    readonly env?: Env;
}

// Connection
export declare class Connection<L extends Locality = 'local'> {
    #private;
    protected readonly locality: L;
    private constructor();
    transact(txData: TxData, options?: TransactOptions): Promise<TxReport<L>>;
    db(): Database<L>;
    log(): Log;
    sync(t?: number | bigint): Promise<Database<L>>;
    syncIndex(t: number | bigint): Promise<Database<L>>;
    syncSchema(t: number | bigint): Promise<Database<L>>;
    syncExcise(t: number | bigint): Promise<Database<L>>;
    txReports(options?: {
        readonly buffer?: number;
    }): AsyncIterableIterator<TxReport<L>> & AsyncDisposable;
    requestIndex(): Promise<boolean>;
    gcStorage(olderThan: Date): Promise<void>;
    release(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// CopyProgress
export interface CopyProgress {
    readonly blobs: number;
    readonly done: number;
    readonly bytes: number;
}

// Database
export declare class Database<L extends Locality = 'local'> {
    #private;
    protected readonly locality: L;
    private constructor();
    get id(): string;
    get basisT(): number;
    get nextT(): number;
    get asOfT(): number | null;
    get sinceT(): number | null;
    get isHistory(): boolean;
    get isFiltered(): boolean;
    asOf(point: TimePoint): Database<L>;
    since(point: TimePoint): Database<L>;
    history(): Database<L>;
    filter(predicate: (db: Database<L>, datom: Datom) => boolean): Database<L>;
    with(txData: TxData, options?: TransactOptions): Answer<L, TxReport<L>>;
    entity<T extends object = Entity>(id: EntityIdentifier | null | undefined, options?: ReadOptions): Answer<L, (T & Pick<Entity, ':db/id'>) | null>;
    pull<T extends object = Pulled>(pattern: PullPattern, id: EntityIdentifier | null | undefined, options: ReadOptions & {
        readonly ioContext: Keyword;
    }): Answer<L, Observed<T | null>>;
    pull<T extends object = Pulled>(pattern: PullPattern, id: EntityIdentifier | null | undefined, options?: ReadOptions): Answer<L, T | null>;
    pullMany<T extends object = Pulled>(pattern: PullPattern, ids: Iterable<EntityIdentifier | null>, options: ReadOptions & {
        readonly ioContext: Keyword;
    }): Answer<L, Observed<(T | null)[]>>;
    pullMany<T extends object = Pulled>(pattern: PullPattern, ids: Iterable<EntityIdentifier | null>, options?: ReadOptions): Answer<L, (T | null)[]>;
    indexPull<T extends object = Pulled>(args: IndexPullArguments): Rows<L, T | null>;
    entid(id: EntityIdentifier | null | undefined): Answer<L, EntityId | null>;
    ident(id: EntityId | Keyword): Answer<L, Keyword | null>;
    attribute(id: EntityIdentifier): Answer<L, AttributeInfo | null>;
    entidAt(partition: EntityIdentifier, point: TimePoint): Answer<L, EntityId>;
    datoms(args: DatomsArguments): Rows<L, Datom>;
    datoms(index: IndexName | `:${IndexName}`, ...components: readonly unknown[]): Rows<L, Datom>;
    seekDatoms(args: DatomsArguments): Rows<L, Datom>;
    seekDatoms(index: IndexName | `:${IndexName}`, ...components: readonly unknown[]): Rows<L, Datom>;
    rseekDatoms(args: DatomsArguments): Rows<L, Datom>;
    rseekDatoms(index: IndexName | `:${IndexName}`, ...components: readonly unknown[]): Rows<L, Datom>;
    indexRange(args: IndexRangeArguments): Rows<L, Datom>;
    indexRange(attribute: EntityIdentifier, start?: unknown, end?: unknown): Rows<L, Datom>;
    stats(): Answer<L, DatabaseStats>;
    invoke(name: string, ...args: readonly unknown[]): Answer<L, unknown>;
}

// DatabaseFunction
export type DatabaseFunction = (...args: never[]) => unknown;

// DatabaseStats
export interface DatabaseStats {
    readonly datoms: number;
    readonly attrs: Readonly<Record<Keyword, {
        readonly count: number;
    }>>;
}

// Datom
export declare class Datom {
    readonly e: EntityId;
    readonly a: EntityId;
    readonly v: AttributeValue;
    readonly tx: number;
    readonly added: boolean;
    constructor(e: EntityId, a: EntityId, v: AttributeValue, tx: number, added: boolean);
    [Symbol.iterator](): IterableIterator<AttributeValue>;
}

// DatomsArguments
export interface DatomsArguments extends ReadOptions {
    readonly index: IndexName | `:${IndexName}`;
    readonly components?: readonly unknown[];
}

// DumpProgress
export interface DumpProgress {
    readonly transactions: number;
    readonly datoms: number;
    readonly t: number;
}

// Entity
export interface Entity {
    readonly ':db/id': number | bigint;
    readonly [name: `:${string}`]: EntityValue;
}

// EntityId
export type EntityId = number | bigint;

// EntityIdentifier
export type EntityIdentifier = EntityId | Keyword | LookupRef | Entity;

// EntityValue
export type EntityValue = undefined | string | number | bigint | boolean | Date | Uint8Array | BigDecimal | Entity | readonly EntityValue[];

// Env
export interface Env {
    readonly now: () => number;
    readonly monotonicMs: () => number;
    readonly random: (bytes: Uint8Array) => Uint8Array;
    readonly after: (ms: number, run: () => void, background?: boolean) => () => void;
    readonly turn: () => Promise<void>;
    readonly workedMs: () => number;
    readonly heapBytes?: () => number | null;
}

// ErrorCode
export type ErrorCode = keyof typeof errorCodes;

// Explanation
export interface Explanation {
    readonly plan: QueryPlan;
    toString(): string;
}

// ExportLogOptions
export interface ExportLogOptions extends TaskOptions<DumpProgress> {
    readonly format?: DumpFormat;
    readonly from?: TimePoint | null;
    readonly to?: TimePoint | null;
}

// FunctionTable
export type FunctionTable = Readonly<Record<string, DatabaseFunction>>;

// ImportLogOptions
export interface ImportLogOptions extends TaskOptions<DumpProgress> {
    readonly resume?: boolean;
}

// IndexName
export type IndexName = 'eavt' | 'aevt' | 'avet' | 'vaet';

// IndexPullArguments
export interface IndexPullArguments extends ReadOptions {
    readonly index: ':avet' | ':aevt';
    readonly selector: PullPattern;
    readonly start: readonly unknown[];
    readonly reverse?: boolean;
}

// IndexRangeArguments
export interface IndexRangeArguments extends ReadOptions {
    readonly attribute: EntityIdentifier;
    readonly start?: unknown;
    readonly end?: unknown;
}

// IoReads
export interface IoReads {
    readonly ocache?: number;
    readonly storage?: number;
    readonly storageMs?: number;
    readonly storageBytes?: number;
    readonly eavt?: number;
    readonly eavtLoad?: number;
    readonly aevt?: number;
    readonly aevtLoad?: number;
    readonly avet?: number;
    readonly avetLoad?: number;
    readonly vaet?: number;
    readonly vaetLoad?: number;
    readonly words?: number;
    readonly wordsLoad?: number;
}

// IoStats
export interface IoStats {
    readonly ioContext: Keyword;
    readonly api: ':query' | ':qseq' | ':pull' | ':pull-many' | ':tx-with';
    readonly apiMs: number;
    readonly reads: IoReads;
    readonly nested?: Readonly<Record<Keyword, IoStats>>;
}

// Keyword
export type Keyword = `:${string}`;

// Limits
export interface Limits {
    readonly rows?: number | undefined;
    readonly datoms?: number | undefined;
    readonly bytes?: number | undefined;
}

// Locality
export type Locality = 'local' | 'remote';

// Log
export declare class Log {
    #private;
    private constructor();
    txRange(start?: TimePoint | null, end?: TimePoint | null, options?: ReadOptions): readonly LogTransaction[];
}

// LogTransaction
export interface LogTransaction {
    readonly t: number;
    readonly data: readonly Datom[];
}

// LookupRef
export type LookupRef = readonly [attribute: Keyword | EntityId, value: unknown];

// Observed
export interface Observed<T> {
    readonly ret: T;
    readonly queryStats?: QueryStats;
    readonly ioStats?: IoStats;
}

// OrderStats
export interface OrderStats {
    readonly facts: number;
    readonly segments: number;
    readonly bytes: number;
}

// PlanAccess
export interface PlanAccess {
    readonly index: ':eavt' | ':aevt' | ':avet' | ':vaet';
    readonly access: 'scan' | 'lookup' | 'range' | 'probe' | 'count';
    readonly calls: number;
    readonly keys: number;
    readonly datoms: number;
}

// PlanReads
export interface PlanReads {
    readonly datoms: number;
    readonly segments: number;
    readonly reads: number;
    readonly bytes: number;
    readonly readMs: number;
    readonly ms: number;
}

// PlanStep
export interface PlanStep extends PlanReads {
    readonly kind: 'constant' | 'pattern' | 'predicate' | 'function' | 'not' | 'or' | 'rule' | 'branch' | 'query' | 'find' | 'pull';
    readonly clause: string;
    readonly access: readonly PlanAccess[];
    readonly runs: number;
    readonly asOne: boolean;
    readonly estimatedRows: number | null;
    readonly rowsIn: number;
    readonly rowsOut: number;
    readonly bindsIn: readonly string[];
    readonly bindsOut: readonly string[];
    readonly predicates: readonly string[];
    readonly unbound: readonly string[];
    readonly steps: readonly PlanStep[];
}

// Problem
export interface Problem {
    readonly in: 'root' | 'log' | 'index' | 'facts' | 'garbage';
    readonly message: string;
    readonly affected: string;
    readonly advice: string;
    readonly blob?: string;
    readonly slot?: number;
    readonly order?: Order;
}

// PruneProgress
export interface PruneProgress {
    readonly points: number;
    readonly deleted: number;
}

// PullPattern
export type PullPattern = string | readonly unknown[];

// Pulled
export interface Pulled {
    readonly [key: string]: PulledValue;
}

// PulledValue
export type PulledValue = Scalar | null | Pulled | readonly PulledValue[];

// Query
export type Query = string | readonly unknown[] | {
    readonly [section: string]: unknown;
};

// QueryMap
export interface QueryMap {
    readonly query: Query;
    readonly args?: readonly unknown[];
    readonly timeout?: number;
    readonly signal?: AbortSignal;
    readonly limits?: Limits;
    readonly limit?: number;
    readonly offset?: number;
    readonly queryStats?: boolean;
    readonly ioContext?: Keyword;
}

// QueryPhase
export interface QueryPhase {
    readonly sched: readonly string[];
    readonly clauses: readonly ClauseStats[];
}

// QueryPlan
export interface QueryPlan extends PlanReads {
    readonly find: string;
    readonly rows: number;
    readonly steps: readonly PlanStep[];
    readonly planning: PlanReads & {
        readonly counts: number;
    };
}

// QueryStats
export interface QueryStats {
    readonly query: Query;
    readonly phases: readonly QueryPhase[];
}

// ReadOptions
export interface ReadOptions {
    readonly timeout?: number;
    readonly signal?: AbortSignal;
    readonly limits?: Limits;
}

// RestoreOptions
export interface RestoreOptions extends TaskOptions<CopyProgress> {
    readonly t?: number;
    readonly env?: Env;
}

// Rows
export type Rows<L extends Locality, T> = L extends 'local' ? Iterable<T> : AsyncIterable<T>;

// Scalar
export type Scalar = string | number | bigint | boolean | Date | Uint8Array | BigDecimal;

// StorageStats
export interface StorageStats {
    readonly storage: string;
    readonly basisT: number;
    readonly datoms: number;
    readonly bytes: number;
    readonly index: {
        readonly basisT: number | null;
        readonly segments: number;
        readonly bytes: number;
        readonly orders: Readonly<Record<Order | 'fulltext', OrderStats>>;
    };
    readonly log: {
        readonly segments: number;
        readonly segmentBytes: number;
        readonly slots: number;
        readonly slotBytes: number;
    };
    readonly garbage: {
        readonly blobs: number;
        readonly bytes: number;
    };
    readonly memoryIndexBytes: number;
}

// StorageStatsProgress
export interface StorageStatsProgress {
    readonly bytes: number;
}

// StructuralTempid
export type StructuralTempid = Tagged;

// TaskOptions
export interface TaskOptions<P> {
    readonly onProgress?: ((progress: P) => void) | undefined;
    readonly signal?: AbortSignal | undefined;
}

// TimePoint
export type TimePoint = number | bigint | Date;

// TransactOptions
export interface TransactOptions {
    readonly txStats?: boolean;
    readonly ioContext?: Keyword;
}

// TxData
export type TxData = string | readonly (TxMap | TxOperation)[];

// TxMap
export interface TxMap {
    readonly [attribute: Keyword]: TxValue;
}

// TxOperation
export type TxOperation = readonly [operation: string, ...args: unknown[]];

// TxReport
export interface TxReport<L extends Locality = 'local'> {
    readonly dbBefore: Database<L>;
    readonly dbAfter: Database<L>;
    readonly txData: readonly Datom[];
    readonly tempids: Readonly<Record<string, EntityId>>;
    readonly txStats?: TxStats;
    readonly ioStats?: IoStats;
}

// TxStage
export type TxStage = 'expand' | 'identify' | 'settle' | 'composites' | 'uniqueness' | 'predicates' | 'schema' | 'apply' | 'check';

// TxStageStats
export interface TxStageStats extends PlanReads {
    readonly stage: TxStage;
    readonly lookups: number;
}

// TxStats
export interface TxStats extends PlanReads {
    readonly added: number;
    readonly stages: readonly TxStageStats[];
    readonly waitMs: number;
    readonly commitMs: number;
    toString(): string;
}

// TxValue
export type TxValue = Scalar | null | TxMap | readonly TxValue[] | ReadonlySet<TxValue> | ReadonlyMap<string, TxValue>;

// VerifyBackupOptions
export interface VerifyBackupOptions extends TaskOptions<VerifyProgress> {
    readonly t?: number;
    readonly env?: Env;
}

// VerifyProgress
export interface VerifyProgress {
    readonly stage: 'log' | 'index' | 'facts';
    readonly done: number;
}

// VerifyReport
export interface VerifyReport {
    readonly ok: boolean;
    readonly problems: readonly Problem[];
    readonly t: number;
    readonly transactions: number;
    readonly datoms: number;
    readonly blobs: number;
    readonly unreached: number | null;
}

// YoreError
export declare class YoreError extends Error {
    readonly name = "YoreError";
    readonly code: ErrorCode;
    readonly category: Category;
    readonly data: Readonly<Record<string, unknown>>;
    constructor(code: ErrorCode, message: string, data?: Readonly<Record<string, unknown>>, options?: {
        readonly category?: Category;
        readonly cause?: unknown;
    });
}

// backupDatabase
export declare function backupDatabase(source: Connection | string, target: BackupTarget, options?: BackupOptions): Promise<BackupDone>;

// connect
export declare function connect(uri: string, options?: ConnectOptions): Promise<Connection>;

// createDatabase
export declare function createDatabase(uri: string, options?: {
    readonly env?: Env;
}): Promise<boolean>;

// deleteBackups
export declare function deleteBackups(target: BackupTarget, ts: readonly number[], options?: TaskOptions<PruneProgress> & {
    readonly env?: Env;
}): Promise<{
    readonly blobs: number;
}>;

// deleteDatabase
export declare function deleteDatabase(uri: string): Promise<boolean>;

// explain
export declare function explain(query: Query, ...inputs: readonly unknown[]): Explanation;

// exportLog
export declare function exportLog(connection: Connection, options?: ExportLogOptions): AsyncIterableIterator<string>;

// getDatabaseNames
export declare function getDatabaseNames(uri: string): Promise<string[]>;

// implicitPart
export declare function implicitPart(n: number): EntityId;

// implicitPartId
export declare function implicitPartId(partition: EntityId): number | null;

// importLog
export declare function importLog(target: string | Connection, lines: AsyncIterable<string> | Iterable<string>, options?: ImportLogOptions): Promise<DumpProgress>;

// listBackups
export declare function listBackups(target: BackupTarget): Promise<BackupPoint[]>;

// part
export declare function part(id: EntityId): EntityId;

// q
export declare function q<T = unknown[][]>(query: Query, ...inputs: readonly unknown[]): T;

// qseq
export declare function qseq<T = unknown[]>(map: QueryMap & {
    readonly queryStats: true;
}): Observed<Iterable<T>>;
export declare function qseq<T = unknown[]>(map: QueryMap & {
    readonly ioContext: Keyword;
}): Observed<Iterable<T>>;
export declare function qseq<T = unknown[]>(map: QueryMap): IterableIterator<T>;

// query
export declare function query<T = unknown[][]>(map: QueryMap & {
    readonly queryStats: true;
}): Observed<T>;
export declare function query<T = unknown[][]>(map: QueryMap & {
    readonly ioContext: Keyword;
}): Observed<T>;
export declare function query<T = unknown[][]>(map: QueryMap): T;

// renameDatabase
export declare function renameDatabase(uri: string, newName: string): Promise<boolean>;

// resolveTempid
export declare function resolveTempid(db: Database, tempids: Readonly<Record<string, EntityId>>, id: string | number | StructuralTempid): EntityId | null;

// restoreDatabase
export declare function restoreDatabase(target: BackupTarget, uri: string, options?: RestoreOptions): Promise<{
    readonly t: number;
}>;

// squuid
export declare function squuid(env?: Env): string;

// squuidTimeMillis
export declare function squuidTimeMillis(uuid: string): number;

// storageStats
export declare function storageStats(source: Connection | string, options?: TaskOptions<StorageStatsProgress>): Promise<StorageStats>;

// tToTx
export declare function tToTx(t: EntityId): number;

// tempid
export declare function tempid(partition: Keyword | EntityId, n?: number): StructuralTempid;

// touch
export declare function touch(of: Entity): Entity;

// txToT
export declare function txToT(tx: EntityId): number;

// verifyBackup
export declare function verifyBackup(target: BackupTarget, options?: VerifyBackupOptions): Promise<VerifyReport>;

// verifyDatabase
export declare function verifyDatabase(source: Connection | string, options?: TaskOptions<VerifyProgress>): Promise<VerifyReport>;
