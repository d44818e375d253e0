import { parseXml, XmlElement } from '@rgrove/parse-xml';
import { omitUndefined } from '../../runtime/omit-undefined.ts';

/** An object in a bucket's list. */
export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** `STANDARD`, `WARM`, `COLD`, or a word of the future. IMS imports from STANDARD only. */
  readonly storageClass: string;
  /** Changes with the content of the object; without quotes. */
  readonly etag?: string;
}

/**
 * `undefined` for anything but a ListBucketResult. OBS has used several namespaces: none is checked. An
 * unreadable object is counted and does not affect the others. The next page begins at `next`: as OBS
 * says, else after the last key of this one.
 */
export function readBucketPage(xml: string) {
  const root = rootOf(xml, 'ListBucketResult');
  if (!root) return undefined;
  const decoded = textOf(root, 'EncodingType') === 'url' ? fromUrl : (text: string) => text;
  const objects: ListedObject[] = [];
  let unread = 0;
  let next: string | undefined;
  for (const contents of elements(root, 'Contents')) {
    const key = keyOf(textOf(contents, 'Key'), decoded);
    const size = sizeOf(textOf(contents, 'Size'));
    next = key ?? next;
    if (key === undefined || !Number.isSafeInteger(size)) unread += 1;
    else {
      const storageClass = storageClassOf(textOf(contents, 'StorageClass'));
      const etag = etagOf(textOf(contents, 'ETag'));
      objects.push({ key, size, storageClass, ...omitUndefined({ etag }) });
    }
  }
  next = keyOf(textOf(root, 'NextMarker'), decoded) ?? next;
  return {
    objects,
    unread,
    isTruncated: textOf(root, 'IsTruncated')?.trim().toLowerCase() === 'true',
    ...omitUndefined({ next }),
  };
}

/** OBS: the S3 dialect has names of its own for the classes. */
const CLASSES: Readonly<Record<string, string>> = { STANDARD_IA: 'WARM', GLACIER: 'COLD' };

/** A storage class by its name in OBS's own dialect; no header means Standard. */
export function storageClassOf(word: string | undefined): string {
  if (word === undefined || word === '') return 'STANDARD';
  return CLASSES[word] ?? word;
}

/** Without its quotes; `undefined` for one that cannot be sent back. */
export function etagOf(text: string | undefined): string | undefined {
  return /^"?([!#-~]{1,200})"?$/.exec(text?.trim() ?? '')?.[1];
}

/** Code and message of an error page of OBS. */
export function readObsError(
  xml: string,
): { readonly code: string; readonly message: string } | undefined {
  const root = rootOf(xml, 'Error');
  const code = root && textOf(root, 'Code');
  if (!root || code === undefined) return undefined;
  return { code, message: textOf(root, 'Message') ?? '' };
}

/** Replaces what XML cannot hold: a key with it is not the key of the object. */
const LOST = '\ufffd';

function keyOf(text: string | undefined, decoded: (text: string) => string): string | undefined {
  if (text === undefined || text === '' || text.includes(LOST)) return undefined;
  try {
    return decoded(text);
  } catch {
    return undefined;
  }
}

function sizeOf(text = ''): number {
  return /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
}

/** S3: a blank is a plus. */
function fromUrl(text: string): string {
  return decodeURIComponent(text.replaceAll('+', '%20'));
}

function rootOf(xml: string, name: string): XmlElement | undefined {
  const text = withoutControls(xml);
  const root = parsed(text) ?? parsed(text.replace(NO_ENTITY, LOST));
  return root?.name === name ? root : undefined;
}

/** An unescaped key, or an entity that only HTML has. */
const NO_ENTITY = /&(?!(?:amp|lt|gt|quot|apos|#x?[0-9a-f]{1,7});)/gi;

function parsed(xml: string): XmlElement | undefined {
  try {
    return parseXml(xml).root ?? undefined;
  } catch {
    return undefined;
  }
}

/** S3: keys may hold characters that XML cannot, not even by their number; lists have them nevertheless. */
function withoutControls(xml: string): string {
  return (
    xml
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML cannot hold
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, LOST)
      .replace(/&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi, (whole, hex?: string, decimal?: string) => {
        const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
        return isXml(code) ? whole : LOST;
      })
  );
}

function isXml(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code < 0xd800 || (code > 0xdfff && code < 0xfffe) || (code > 0xffff && code <= 0x10ffff);
}

function elements(parent: XmlElement, name: string): readonly XmlElement[] {
  const all = parent.children.filter((child) => child instanceof XmlElement);
  return all.filter((child) => child.name === name);
}

function textOf(parent: XmlElement, name: string): string | undefined {
  return elements(parent, name)[0]?.text;
}
