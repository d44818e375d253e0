import { codeOf } from './error-code.ts';
import { UsageError } from './errors.ts';

/** Why a server of a command with --host and --port cannot listen; any other error unchanged. */
export function cannotListen(
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): unknown {
  const code = codeOf(error);
  if (code === 'EADDRINUSE') {
    return new UsageError(`Port ${port} is taken.`, 'Choose another one with --port.');
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    const message = `Cannot listen at ${host}, port ${port} (${code}).`;
    return new UsageError(message, 'Choose another address or port with --host or --port.');
  }
  return error;
}
