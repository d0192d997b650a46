export function program(yore: unknown): Promise<unknown>
export const expected: Readonly<Record<string, unknown>>
