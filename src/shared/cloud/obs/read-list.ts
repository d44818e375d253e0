import { parseXml, type XmlElement, XmlText } from '@rgrove/parse-xml';
import { type ListedObject, storageClassOf } from './obs-answers.ts';

/** One page as OBS writes it. */
export interface BucketPage {
  readonly objects: readonly ListedObject[];
  readonly isTruncated: boolean;
  readonly nextMarker?: string;
}

/** `undefined` for what is no ListBucketResult. OBS has used several namespaces: none is checked. */
export function readBucketPage(xml: string): BucketPage | undefined {
  const root = rootOf(xml, 'ListBucketResult');
  if (!root) return undefined;
  const objects: ListedObject[] = [];
  for (const contents of elements(root, 'Contents')) {
    const key = textOf(contents, 'Key');
    const size = Number(textOf(contents, 'Size') ?? Number.NaN);
    if (key === undefined || !Number.isSafeInteger(size) || size < 0) return undefined;
    objects.push({ key, size, storageClass: storageClassOf(textOf(contents, 'StorageClass')) });
  }
  const nextMarker = textOf(root, 'NextMarker');
  return {
    objects,
    isTruncated: textOf(root, 'IsTruncated') === 'true',
    ...(nextMarker === undefined ? {} : { nextMarker }),
  };
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

function rootOf(xml: string, name: string): XmlElement | undefined {
  try {
    const { root } = parseXml(xml);
    return root?.name === name ? root : undefined;
  } catch {
    return undefined;
  }
}

function elements(parent: XmlElement, name: string): readonly XmlElement[] {
  return parent.children.filter(
    (child): child is XmlElement =>
      child.type === 'element' && 'name' in child && child.name === name,
  );
}

function textOf(parent: XmlElement, name: string): string | undefined {
  const [element] = elements(parent, name);
  return element?.children
    .filter((child) => child instanceof XmlText)
    .map((child) => child.text)
    .join('');
}
