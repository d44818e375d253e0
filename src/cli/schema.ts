import { manifestJsonSchema } from '../producer/manifest/image-schema.ts';

/** `schema`: the manifest's JSON Schema. */
export function schemaText(): string {
  return manifestJsonSchema();
}
