import type { SimulatorSettings } from '../../../simulator/settings.ts';
import type { FerryEnv } from '../../soak/worker-env.ts';
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

/** At the default, 60 a minute, filling forty places alone takes forty seconds. */
const SWIFT: FerryEnv = { IMS_FERRY_SUBMIT_RATE: '120' };
const SILENT: SimulatorSettings = { tagsVisibleAt: 'end', jobProgress: false };

const ours = (name: string, env: FerryEnv, cloud: SimulatorSettings = {}): Contender => ({
  name,
  isOurs: true,
  cloud,
  start: startOurs(env),
});

const theirs = (name: string, start: Contender['start']): Contender => ({
  name,
  isOurs: false,
  cloud: {},
  start,
});

export const CONTENDERS: readonly Contender[] = [
  ours('ims-ferry, 120 creates a minute', SWIFT),
  ours('ims-ferry, at the default of 60', {}),
  ours('the first, where the cloud tells nothing', SWIFT, SILENT),
  theirs('bash: curl, jq, xargs, every 10 s', startBash),
  theirs('Node: fetch, p-limit, every 10 s', startPlain('p-limit')),
  theirs('every 1 s, as Terraform (OTC)', startPlain('tf-otc')),
  theirs('the same, never giving up', startPlain('tf-otc-patient')),
  theirs('every 5 s, as packer (Amazon), KooCLI', startPlain('every-5')),
  theirs('every 10 s, as Terraform (Huawei)', startPlain('tf-huawei')),
  theirs('60 s, then every 10 s, as packer (Huawei)', startPlain('packer')),
];
