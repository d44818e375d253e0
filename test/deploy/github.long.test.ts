import { globSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, startFerry } from '../support/ferry.ts';
import { imageLines } from '../support/manifest-file.ts';
import { needing, runProgram } from '../support/programs.ts';
import { readXml } from '../support/read-xml.ts';
import { useRedis } from '../support/use-redis.ts';

const step = z.object({
  name: z.string().optional(),
  run: z.string().optional(),
  if: z.string().optional(),
  with: z.looseObject({ path: z.string().optional() }).optional(),
});
const paths = z.array(z.string());
const workflow = z.object({
  on: z.object({
    pull_request: z.object({ paths }),
    push: z.object({ branches: z.array(z.literal('main')), paths }),
  }),
  permissions: z.strictObject({ contents: z.literal('read') }),
  jobs: z.record(z.enum(['check', 'import']), z.looseObject({ steps: z.array(step) })),
});
const { jobs } = workflow.parse(parse(await readFile('deploy/github/manifests.yml', 'utf8')));

interface JobRun {
  readonly folder: string;
  readonly failed: boolean;
  readonly outputs: Readonly<Record<string, string>>;
  /** Files that were uploaded. */
  readonly uploaded: readonly string[];
}

/** As GitHub runs a job: each step by `bash -e`; after one that failed, only those with `always()`. */
async function runJob(
  name: keyof typeof jobs,
  manifests: Readonly<Record<string, string>>,
  env: FerryEnv,
): Promise<JobRun> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const path of ['bin', 'manifests']) await mkdir(join(folder, path));
  const command = join(folder, 'bin/ims-ferry');
  await writeFile(command, `#!/bin/sh\nexec ${process.execPath} ${resolve('src/cli.js')} "$@"\n`);
  await chmod(command, 0o755);
  for (const [file, text] of Object.entries(manifests)) {
    await writeFile(join(folder, 'manifests', file), text);
  }
  const path = [join(folder, 'bin'), process.env['PATH']].join(delimiter);
  const given = { ...env, PATH: path, GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  const outputs: Record<string, string> = {};
  const uploaded: string[] = [];
  let failed = false;
  for (const { name: title = '', run, if: condition, with: inputs } of jobs[name].steps) {
    if (title === 'Install' || (failed && condition !== 'always()')) continue;
    if (inputs?.path !== undefined) uploaded.push(...globSync(inputs.path, { cwd: folder }));
    if (run === undefined) continue;
    const result = await runProgram('bash', ['-e', '-c', run], { cwd: folder, env: given });
    outputs[title] = result.stdout;
    failed ||= result.code !== 0;
  }
  return { folder, failed, outputs, uploaded };
}

const readJunit = async ({ folder }: JobRun, file: string) =>
  readXml(await readFile(join(folder, file), 'utf8'));

describe('the example for GitHub Actions', needing('bash', 'jq'), () => {
  const redis = useRedis({ emptied: true });

  test('checks correct manifests of a pull request, and shows the plan', async () => {
    const env = accountEnv(await cloud({}), redis.url);
    const run = await runJob('check', { 'a.yaml': imageLines('a', 2) }, env);
    expect([run.failed, run.uploaded]).toEqual([false, ['junit.xml']]);
    const suite = await readJunit(run, 'junit.xml');
    expect(suite.attributes).toMatchObject({ tests: '1', failures: '0' });
    const summary = await readFile(join(run.folder, 'summary'), 'utf8');
    expect(summary).toMatch(/^```\n[\s\S]*a-001[\s\S]*```\n$/);
  });

  test('shows each fault at its line, in files and JUnit, and fails', async () => {
    const faulty =
      'name: b\nimages:\n  - { name: "a<b&c", min_disk: 40, image_url: "bucket:100%.qcow2" }\n';
    const run = await runJob('check', { 'a.yaml': imageLines('a', 1), 'b.yaml': faulty }, {});
    expect([run.failed, run.uploaded]).toEqual([true, ['junit.xml']]);
    expect(run.outputs['Show faults in the files']).toMatch(
      /^::error file=manifests\/b\.yaml,line=3,col=\d+::images\[0\]\.name .*\n$/,
    );
    expect(run.outputs).not.toHaveProperty('Plan');
    const suite = await readJunit(run, 'junit.xml');
    expect(suite.attributes).toMatchObject({ tests: '2', failures: '1' });
    const [good, bad] = suite.children;
    expect([good?.attributes['name'], good?.children]).toEqual(['manifests/a.yaml', []]);
    expect(bad?.attributes['name']).toBe('manifests/b.yaml');
    expect(bad?.children[0]?.text).toContain('"a<b&c"');
  });

  test('fails where the plan does', async () => {
    const env = accountEnv(await cloud({ imageQuota: 1 }), redis.url);
    const run = await runJob('check', { 'a.yaml': imageLines('a', 2) }, env);
    expect(run.failed).toBe(true);
    expect(await readFile(join(run.folder, 'summary'), 'utf8')).toContain('quota');
  });

  test('submits what is merged, waits, and reports each image', async () => {
    const env = accountEnv(await cloud({ duration: 50 }), redis.url);
    startFerry(['work'], env);
    const manifests = {
      'a.yaml': imageLines('a', 2),
      'b.yaml': imageLines('b', 1, 'bucket:broken'),
    };
    const run = await runJob('import', manifests, env);
    expect(run.failed).toBe(true);
    expect(new Set(run.uploaded)).toEqual(new Set(['report-a.xml', 'report-b.xml']));
    expect(JSON.stringify(await readJunit(run, 'report-a.xml'))).toContain('a-002');
    expect(JSON.stringify(await readJunit(run, 'report-b.xml'))).toContain('failure');
  });
});
