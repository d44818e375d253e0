import type { SimulatorSettings } from '../../../src/simulator/settings.ts';
import { startOurs } from './ferry-contender.ts';
import type { Lane, Runner } from './lane.ts';
import { startBash, startPlain } from './script-contender.ts';

export interface Contender {
  readonly name: string;
  readonly isOurs: boolean;
  /** Where its cloud is another one. */
  readonly cloud: SimulatorSettings;
  readonly start: (lane: Lane) => Promise<Runner>;
}

const SILENT: SimulatorSettings = { tagsVisibleAt: 'end', jobProgress: false };

const ours = (name: string, cloud: SimulatorSettings): Contender => ({
  name,
  isOurs: true,
  cloud,
  start: startOurs,
});

const theirs = (name: string, start: Contender['start']): Contender => ({
  name,
  isOurs: false,
  cloud: {},
  start,
});

export const CONTENDERS: readonly Contender[] = [
  ours('ims-ferry', {}),
  ours('ims-ferry, where the cloud tells nothing', SILENT),
  theirs('bash: curl, jq, xargs, every 10 s', startBash),
  theirs('Node: fetch, p-limit, every 10 s', startPlain('p-limit')),
  theirs('every 1 s, as Terraform (OTC)', startPlain('tf-otc')),
  theirs('the same, never giving up', startPlain('tf-otc-patient')),
  theirs('every 5 s, as packer (Amazon), KooCLI', startPlain('every-5')),
  theirs('every 10 s, as Terraform (Huawei)', startPlain('tf-huawei')),
  theirs('60 s, then every 10 s, as packer (Huawei)', startPlain('packer')),
];
