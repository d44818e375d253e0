type OmitUndefined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The same object without the fields whose value is `undefined`: for types with optional fields. */
export function omitUndefined<T extends object>(
  fields: T,
): { [K in keyof OmitUndefined<T>]: OmitUndefined<T>[K] } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as OmitUndefined<T>;
}
