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

// Char
export declare class Char {
    readonly text: string;
    constructor(text: string);
    toString(): string;
    toJSON(): string;
}

// Double
export declare class Double {
    readonly value: number;
    constructor(value: number);
    valueOf(): number;
    toJSON(): number;
}

// ErrorCode
export type ErrorCode = keyof typeof errorCodes;

// Float
export declare class Float {
    readonly value: number;
    constructor(value: number);
    valueOf(): number;
    toJSON(): number;
}

// Instant
export declare class Instant {
    readonly ms: number;
    constructor(ms: number);
    valueOf(): number;
    toJSON(): string;
}

// Keyword
export declare class Keyword {
    readonly ns: string | null;
    readonly name: string;
    readonly text: string;
    constructor(ns: string | null, name: string, text: string);
    toString(): string;
    toJSON(): string;
}

// List
export declare class List<T = Value> extends Array<T> {
    static get [Symbol.species](): ArrayConstructor;
}

// Opaque
export declare class Opaque {
    readonly kind: string;
    readonly value: unknown;
    constructor(kind: string, value: unknown);
}

// ReadOptions
export interface ReadOptions {
    readonly tags?: ReadonlyMap<string, (value: Value) => Value>;
    readonly depthMax?: number;
    readonly quote?: boolean;
}

// Sym
export declare class Sym {
    readonly ns: string | null;
    readonly name: string;
    readonly text: string;
    constructor(ns: string | null, name: string, text: string);
    toString(): string;
    toJSON(): string;
}

// Tagged
export declare class Tagged {
    readonly tag: Sym;
    readonly value: Value;
    constructor(tag: Sym, value: Value);
}

// Uri
export declare class Uri {
    readonly text: string;
    constructor(text: string);
    toString(): string;
    toJSON(): string;
}

// Uuid
export declare class Uuid {
    readonly text: string;
    constructor(text: string);
    toString(): string;
    toJSON(): string;
}

// Value
export type Value = null | boolean | number | bigint | string | Keyword | Sym | Uuid | Uri | Char | Instant | Double | Float | BigDecimal | Uint8Array | ValueArray | ValueMap | ValueSet | Tagged | Opaque;

// ValueArray
export interface ValueArray extends ReadonlyArray<Value> {
}

// ValueMap
export declare class ValueMap {
    #private;
    static of(entries: Iterable<readonly [Value, Value]>): ValueMap;
    get size(): number;
    has(key: Value): boolean;
    get(key: Value): Value | undefined;
    set(key: Value, value: Value): this;
    entries(): IterableIterator<readonly [Value, Value]>;
    keys(): IterableIterator<Value>;
    values(): IterableIterator<Value>;
    [Symbol.iterator](): IterableIterator<readonly [Value, Value]>;
}

// ValueSet
export declare class ValueSet {
    #private;
    static of(values: Iterable<Value>): ValueSet;
    get size(): number;
    has(value: Value): boolean;
    add(value: Value): this;
    [Symbol.iterator](): IterableIterator<Value>;
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

// compareValues
export declare function compareValues(a: Value, b: Value): number;

// double
export declare function double(x: number): number | Double;

// equalValues
export declare function equalValues(a: Value, b: Value): boolean;

// fromJs
export declare function fromPublic(x: unknown): Value;

// keyword
export declare function keyword(text: string): Keyword;

// list
export declare function list<T>(items: readonly T[]): List<T>;

// printEdn
export declare function printEdn(value: Value): string;

// readAllEdn
export declare function readAllEdn(text: string, options?: ReadOptions): Value[];

// readEdn
export declare function readEdn(text: string, options?: ReadOptions): Value;

// symbol
export declare function symbol(text: string): Sym;

// toJs
export declare function toPublic(value: Value): unknown;
