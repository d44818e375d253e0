import { writeFileSync } from 'node:fs';
import { manifestJsonSchema } from '../src/producer/manifest/json-schema.ts';

const file = new URL('../manifests/manifest.schema.json', import.meta.url);
writeFileSync(file, manifestJsonSchema());
