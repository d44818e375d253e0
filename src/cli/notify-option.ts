import type { Command } from 'commander';
import { UsageError } from '../shared/errors/errors.ts';
import type { Io } from './io.ts';

export interface NotifyFlags {
  readonly notify?: string;
}

export function addNotifyOption(command: Command): Command {
  return command.option(
    '--notify <url>',
    'notify this address of what happens; one with a secret in it belongs in IMS_FERRY_NOTIFY_URL',
  );
}

/** As if the address was set. @throws UsageError for one that seems to hold a secret: everybody sees the command line */
export function withNotify(io: Io, { notify }: NotifyFlags): Io {
  if (notify === undefined) return io;
  if (holdsSecret(notify)) {
    throw new UsageError(
      'The address of --notify seems to hold a secret, and others can read the command lines of this machine.',
      'Set IMS_FERRY_NOTIFY_URL or IMS_FERRY_NOTIFY_URL_FILE instead.',
    );
  }
  const env = { ...io.env, IMS_FERRY_NOTIFY_URL: notify };
  return Object.assign(Object.create(io) as Io, { env });
}

/** Long words of letters and digits, longer ones of either, and UUIDs, as in the addresses of Slack and Teams. */
const TOKEN = /^(?=.*\d)(?=.*[a-z])[a-z0-9]{16,}$|^[a-z0-9]{24,}$/i;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-/i;

function holdsSecret(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return false;
  const { username, password, search, pathname } = url;
  const hasToken = pathname.split(/[^a-z0-9]+/i).some((word) => TOKEN.test(word));
  return hasToken || UUID.test(pathname) || `${username}${password}${search}` !== '';
}
