import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** @throws Error that says how to install what is not in `PATH` */
export function assertPrograms(path: string, names: readonly string[]): void {
  const missing = names.filter(
    (name) => !path.split(delimiter).some((folder) => isIn(folder, name)),
  );
  if (missing.length === 0) return;
  throw new Error(
    `The bash loop of this bench needs ${missing.join(' and ')}. Install, then start again:
  sudo apt-get install -y ${missing.join(' ')}     (Debian, Ubuntu; elsewhere dnf, apk or brew)`,
  );
}

function isIn(folder: string, name: string): boolean {
  try {
    accessSync(join(folder, name), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
