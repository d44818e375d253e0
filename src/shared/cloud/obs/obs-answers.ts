/** What OBS says of one object. */
export type ObjectAnswer =
  | {
      readonly kind: 'found';
      /** Bytes. */
      readonly size: number;
      /** `STANDARD`, `WARM`, `COLD`, or a word of the future. IMS imports from STANDARD only. */
      readonly storageClass: string;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'forbidden'; readonly message: string }
  | { readonly kind: 'other-region'; readonly message: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/** An object as a bucket's list names it. */
export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly storageClass: string;
}

/** One page of a bucket's list. */
export type ListAnswer =
  | {
      readonly kind: 'ok';
      readonly objects: readonly ListedObject[];
      /** Objects that could not be read, if any. */
      readonly unread?: number;
      /** Where the next page begins; absent on the last one. */
      readonly next?: string;
    }
  | Exclude<ObjectAnswer, { kind: 'found' }>;

/** OBS, spoken to by value: no method throws for what the cloud or the network does. */
export interface ObsClient {
  /** HEAD of an object. */
  head(bucket: string, key: string): Promise<ObjectAnswer>;
  /** Whether the keys are good: asks for the list of all buckets. */
  buckets(): Promise<{ readonly kind: 'ok' } | Exclude<ObjectAnswer, { kind: 'found' }>>;
  /** One page of at most 1000 objects whose key begins with `prefix`, in the order of their keys. */
  list(bucket: string, prefix: string, after?: string): Promise<ListAnswer>;
}

/** OBS: the S3 dialect has names of its own for the classes. */
const CLASSES: Readonly<Record<string, string>> = { STANDARD_IA: 'WARM', GLACIER: 'COLD' };

/** A storage class under the name that OBS's own dialect has for it; no header means Standard. */
export function storageClassOf(word: string | undefined): string {
  if (word === undefined || word === '') return 'STANDARD';
  return CLASSES[word] ?? word;
}
