import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { runProgram } from './programs.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const KUBERNETES = join(ROOT, 'deploy/kubernetes');

const reference = z.object({ name: z.string() });
const probe = z.looseObject({
  httpGet: z.object({ path: z.string(), port: z.string() }).optional(),
  exec: z.object({ command: z.array(z.string()) }).optional(),
});
const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()),
  envFrom: z
    .array(z.object({ configMapRef: reference.optional(), secretRef: reference.optional() }))
    .default([]),
  env: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  volumeMounts: z.array(
    z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() }),
  ),
});
const podSpec = z.looseObject({
  securityContext: z.looseObject({ runAsUser: z.number(), runAsGroup: z.number() }),
  containers: z.array(container),
  volumes: z.array(z.looseObject({ name: z.string() })).default([]),
});
const document = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
  data: z.record(z.string(), z.string()).optional(),
  spec: z.looseObject({}).optional(),
});

const serviceSpec = z.looseObject({
  selector: z.record(z.string(), z.string()),
  ports: z.array(z.looseObject({ targetPort: z.string() })),
});

export type KubernetesDocument = z.infer<typeof document>;
export type KubernetesContainer = z.infer<typeof container>;

export interface Workload {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly pod: z.infer<typeof podSpec>;
}

export function parseDocuments(text: string): readonly KubernetesDocument[] {
  const parsed = parseAllDocuments(text).map((one) => one.toJS() as unknown);
  return parsed.map((one) => document.parse(one));
}

/** Which pods a Service leads to, and by which of their ports. */
export function serviceSpecOf({ spec }: KubernetesDocument): z.infer<typeof serviceSpec> {
  return serviceSpec.parse(spec);
}

/** The files as they are, without what kustomize adds. */
export function filesOfKubernetes(): readonly KubernetesDocument[] {
  const files = globSync('*.yaml', { cwd: KUBERNETES }).filter((one) => !/^kustomiz/.test(one));
  return files.flatMap((file) => parseDocuments(readFileSync(join(KUBERNETES, file), 'utf8')));
}

/** What `kubectl apply --kustomize` would send. */
export async function renderedKubernetes(): Promise<readonly KubernetesDocument[]> {
  const { code, stdout, stderr } = await runProgram('kubectl', ['kustomize', KUBERNETES]);
  if (code !== 0) throw new Error(`kubectl kustomize ended with ${code}:\n${stderr}`);
  return parseDocuments(stdout);
}

const template = z.looseObject({
  template: z.object({
    metadata: z.object({ labels: z.record(z.string(), z.string()) }),
    spec: podSpec,
  }),
});

export function workloadsOf(documents: readonly KubernetesDocument[]): readonly Workload[] {
  return documents
    .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    .map(({ metadata, spec }) => {
      const { metadata: of, spec: pod } = template.parse(spec).template;
      return { name: metadata.name, labels: of.labels, pod };
    });
}
