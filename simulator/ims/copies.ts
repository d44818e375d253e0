import { homeDomain, projectsIn } from '../iam/directory.ts';
import type { SimulatorOptions } from '../options.ts';
import type { Create } from './accepted-log.ts';
import { descriptionRule, nameRule } from './field-rules.ts';
import { statusOf } from './image-body.ts';
import type { ImageStore, StoredImage } from './image-store.ts';
import type { Task } from './job-life.ts';
import { type Refusal, refusal } from './refusal.ts';

const PATH = /\/cloudimages\/([^/]+)\/(copy|cross_region_copy)$/;

/** Which image a copy is made of, and whether in another region; `undefined` for other creates. */
export function copyOf({ path }: Pick<Create, 'path'>) {
  const [, imageId, call] = PATH.exec(path) ?? [];
  return imageId === undefined ? undefined : { imageId, isAcross: call === 'cross_region_copy' };
}

interface Copies {
  readonly images: ImageStore;
  readonly options: SimulatorOptions;
  readonly now: number;
  /** Copies that are under way. */
  readonly running: number;
}

/** IMS: the first rule that a copy breaks. */
export function copyRefusal(create: Create, copies: Copies): Refusal | undefined {
  const copy = copyOf(create);
  const { body } = create;
  const wrong = nameRule(body['name']) ?? descriptionRule(body['description']);
  if (!copy || wrong) return wrong;
  const { images, options, now, running } = copies;
  const source = images.get(copy.imageId);
  if (
    !source ||
    source.owner !== create.projectId ||
    statusOf(source, { now, options }) === 'gone'
  ) {
    return refusal('0027', 'The image does not exist.');
  }
  if (statusOf(source, { now, options }) !== 'active') {
    return refusal('0105', 'The image is not active.');
  }
  if (source.fields['virtual_env_type'] === 'IsoImage') {
    return refusal('0105', 'An ISO image cannot be copied.');
  }
  const isFull = running >= options.copyLimit;
  if (!copy.isAcross) {
    const { cmk_id: key } = body;
    if (key !== undefined && !/^[0-9a-f-]{36}$/i.test(String(key))) {
      return refusal('0101', 'The KMS key does not exist.');
    }
    return isFull ? refusal('0060', 'The number of tasks exceeds the limit.') : undefined;
  }
  return acrossRefusal(create, source, options) ?? (isFull ? TOO_MANY : undefined);
}

const TOO_MANY = refusal('0149', 'The number of concurrent copies exceeds the limit.');

function acrossRefusal(
  { body, projectId }: Create,
  source: StoredImage,
  options: SimulatorOptions,
): Refusal | undefined {
  const target = targetOf(body, options);
  if (!target) return refusal('0147', 'The region to copy to is wrong.');
  const own = projectsIn(homeDomain(options), options).find(({ id }) => id === projectId);
  if (target.region === own?.region) return refusal('0142', 'The regions are the same.');
  if (source.fields['__system__cmkid'] !== undefined) {
    return refusal('0143', 'An encrypted image cannot be copied to another region.');
  }
  return options.copyAgencies.includes(String(body['agency_name']))
    ? undefined
    : refusal('0151', 'The agency has no permission in the project.');
}

function targetOf(body: Create['body'], options: SimulatorOptions) {
  const { region, project_name: name } = body;
  return projectsIn(homeDomain(options), options).find(
    (project) => project.region === region && project.name === name,
  );
}

interface Made {
  readonly task: Task;
  readonly source: StoredImage;
  readonly options: SimulatorOptions;
}

/** The image that a copy makes: in the project of the other region, if there is one. */
export function copiedImage(create: Create, { task, source, options }: Made): StoredImage {
  const { body, projectId } = create;
  const isAcross = copyOf(create)?.isAcross === true;
  const { __description: _, __system__cmkid: _key, ...fields } = source.fields;
  const region = projectsIn(homeDomain(options), options).find(
    ({ id }) => id === projectId,
  )?.region;
  const own = {
    __data_origin: options.copyOrigins ? `image,${region},${source.id}` : undefined,
    __description: options.copyDescriptions ? body['description'] : undefined,
    __system__cmkid: body['cmk_id'],
    enterprise_project_id: body['enterprise_project_id'],
  };
  const set = Object.entries(own).filter(([, value]) => value !== undefined);
  return {
    id: task.imageIds[0] ?? '',
    owner: isAcross ? (targetOf(body, options)?.id ?? projectId) : projectId,
    name: String(body['name']),
    tags: options.copyTags ? source.tags : [],
    createdAt: task.acceptedAt,
    task,
    fields: { ...fields, ...Object.fromEntries(set) },
  };
}

/** By the source's region: copies to others are made there. */
export function copyJobType(create: Create): string {
  return copyOf(create)?.isAcross ? 'imsCopyImageCrossRegionJob' : 'imsCopyImageInRegionJob';
}
