/** IMS: formats of a normal import. An OVA holds several images; `.img` does not say what it is. */
const IMAGE = /\.(?:vmdk|vhdx?|qcow2?|raw|qed|vdi|zvhd2?|iso|ova|img)$/i;
/** An ending has a letter: `ubuntu-22.04` has none. */
const ENDING = /\.(?:7z|[a-z][a-z0-9]{0,9})$/i;
/** A piece of an image, or a copy that an editor keeps. */
const PIECE = /(?<=\.(?:vmdk|vhdx?|qcow2?|raw|qed|vdi|zvhd2?|iso|ova|img))(?:\.\d+|~)$/i;
/** What lies beside images without an ending. */
const NO_IMAGE = /^(?:[a-z0-9]*sums?|checksums?|readme|license|manifest|index)$/i;

export function isImageFile(key: string): boolean {
  return IMAGE.test(key);
}

/** What of an object's name says that IMS cannot import it: `.gz`, `SHA256SUMS`; else `undefined`. */
export function unlikeImage(key: string): string | undefined {
  if (isImageFile(key)) return undefined;
  const file = key.slice(Math.max(key.lastIndexOf('/'), key.indexOf(':')) + 1);
  return ENDING.exec(file)?.[0] ?? PIECE.exec(file)?.[0] ?? NO_IMAGE.exec(file)?.[0];
}
