import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { run, say } from './system.mjs';

const MODULES = 'node_modules';
const NODE = join(MODULES, '.bin', 'node');
const OLDEST_NODE = [22, 22];
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];

/** True when node_modules holds the packages of package-lock.json. */
export function packagesAreCurrent() {
  // npm writes this file last: after an interrupted install it is missing.
  const installed = readPackages(join(MODULES, '.package-lock.json'));
  const wanted = readPackages('package-lock.json');
  return Object.entries(wanted).every(([path, entry]) => {
    const found = installed[path];
    // Packages of other platforms are optional and not installed here.
    return path === '' || (found ? found.version === entry.version : entry.optional === true);
  });
}

function readPackages(file) {
  if (!existsSync(file)) return {};
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

/** True when the node of node_modules runs, and is new enough for the sources. */
export function nodeIsReady() {
  return existsSync(NODE) && isNewEnough(versionOf(NODE));
}

function versionOf(program) {
  const { stdout, status } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function isNewEnough(version) {
  const [major, minor] = (version ?? '').replace(/^v/, '').split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

export function installPackages() {
  if (!packagesAreCurrent()) {
    say('installing packages (npm ci)');
    if (!run('npm', ['ci', ...QUIET])) repairInstall();
  }
  if (!nodeIsReady()) provideNode();
}

/** Some registries and older npm versions disagree with a lock file over other platforms' packages. */
function repairInstall() {
  say('npm ci failed; trying npm install with the versions of package-lock.json');
  if (!run('npm', ['install', '--no-save', ...QUIET])) {
    throw new Error('the packages could not be installed: see the messages of npm above');
  }
  if (!packagesAreCurrent()) throw new Error('npm installed other versions than package-lock.json');
}

/** The install script of the package `node` has not run, as with --ignore-scripts. */
function provideNode() {
  if (isNewEnough(process.version)) return useNode(process.execPath);
  const { version } = JSON.parse(readFileSync(join(MODULES, 'node', 'package.json'), 'utf8'));
  const family = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  const name = `${family}-${process.platform}-${process.arch}`;
  const home = join(MODULES, '.ims-ferry-node');
  say(`installing ${name} ${version}`);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
  const args = ['install', '--prefix', home, '--no-save', '--ignore-scripts', ...QUIET];
  const done = run('npm', [...args, `${name}@${version}`]);
  const binary = join(home, MODULES, name, 'bin', 'node');
  if (!done || !isNewEnough(versionOf(binary))) {
    const wanted = OLDEST_NODE.join('.');
    throw new Error(`needs Node ${wanted} or newer; this is ${process.versions.node}`);
  }
  const place = join(MODULES, 'node', 'bin', 'node');
  mkdirSync(dirname(place), { recursive: true });
  rmSync(place, { force: true });
  linkOrCopy(binary, place);
  useNode(join('..', 'node', 'bin', 'node'));
}

function linkOrCopy(from, to) {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

function useNode(target) {
  mkdirSync(dirname(NODE), { recursive: true });
  rmSync(NODE, { force: true });
  symlinkSync(target, NODE);
}
