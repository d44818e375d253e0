const RECEIPT = '.result.json';
const MANIFEST = /\.(?:ya?ml|json)$/i;
/** Dotfiles, `~$x.yaml` and `~x.yaml` of office programs, and our own JSON Schema. */
const NO_MANIFEST = /^[.~#]|\.(?:result|schema)\.json$/i;

/**
 * True for what is read as a manifest: `*.yaml`, `*.yml`, `*.json`, in any case. What editors and
 * copying programs write first (`.tmp`, `.part`, `.swp`, `~`, dotfiles) ends or begins differently.
 */
export function isManifestName(name: string): boolean {
  return MANIFEST.test(name) && !NO_MANIFEST.test(name);
}

/** `x.yaml` → `x.yaml.result.json` */
export function receiptName(name: string): string {
  return `${name}${RECEIPT}`;
}

/** `x.yaml` → `x.2.yaml` for the second file of this name. */
export function numberedName(name: string, number: number): string {
  if (number === 1) return name;
  const dot = name.lastIndexOf('.');
  return `${name.slice(0, dot)}.${number}${name.slice(dot)}`;
}
