/** The code of an error of the system or of Node (`ENOENT`); `undefined` for any other. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return error.code === undefined ? undefined : String(error.code);
}
