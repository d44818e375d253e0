import type { CreateFaults } from '../options.ts';
import { type Call, gatewayError, imsError, type Reply, type Route } from '../server/context.ts';
import { type Api, type Body, isBody, refusalOf } from './field-rules.ts';

const route = (path: string, api: Api): Route => ({
  method: 'POST',
  path,
  name: `create ${api}`,
  secured: true,
  handle: (call) => create(api, call),
});

export const CREATE_ROUTES: readonly Route[] = [
  route('/v2/cloudimages/action', 'system'),
  route('/v1/cloudimages/dataimages/action', 'data'),
  route('/v2/cloudimages/quickimport/action', 'quick'),
];

type Fault = Exclude<keyof CreateFaults, 'lateMs'>;

async function create(api: Api, call: Call): Promise<Reply | undefined> {
  call.world.stats.posts += 1;
  const body = call.body;
  if (!isBody(body)) return imsError('IMG.0001', 'The request message format is invalid.');
  const fault = drawFault(call);
  if (fault !== undefined && BEFORE.has(fault)) return failBefore(fault, call);
  const refused = refusalOf(api, body, call.world.options) ?? limitOf(body, call);
  if (refused) return imsError(refused.code, refused.message, statusOf(refused.code, call));
  if (fault === 'lateAccept') return acceptLate(api, body, call);
  const { options, cloud } = call.world;
  const task = cloud.accept(api, body, { options, late: fault !== undefined });
  return (
    failAfter(fault, call) ?? (fault ? undefined : { status: 200, json: { job_id: task.jobId } })
  );
}

/** IMS: every code of its own comes with 400, but IMG.0026 with 403 on OTC. */
function statusOf(code: string, call: Call): number {
  return code === 'IMG.0026' ? call.world.options.permissionStatus : 400;
}

function limitOf(body: Body, call: Call) {
  const { options, cloud } = call.world;
  if (options.namesUnique && cloud.hasName(String(body['name']))) {
    return { code: 'IMG.0009', message: 'The image name already exists.' };
  }
  const extra = Array.isArray(body['data_images']) ? body['data_images'].length : 0;
  if (cloud.used(options) + 1 + extra > options.imageQuota) {
    const message = 'The number of private images has reached the maximum value.';
    return { code: 'IMG.0015', message };
  }
  if (options.overLimit === 'refuse' && cloud.inFlight() >= options.taskLimit) {
    return { code: 'IMG.0060', message: 'The number of tasks exceeds the flow control limit.' };
  }
  return undefined;
}

/** Draws at most one fault; the shares add up. */
function drawFault(call: Call): Fault | undefined {
  const { createFaults } = call.world.options;
  const total = Object.entries(createFaults)
    .filter(([name]) => name !== 'lateMs')
    .reduce((sum, [, share]) => sum + share, 0);
  if (total === 0) return undefined;
  let drawn = call.world.random.next();
  for (const [name, share] of Object.entries(createFaults)) {
    if (name === 'lateMs') continue;
    drawn -= share;
    if (drawn < 0) return name as Fault;
  }
  return undefined;
}

const BEFORE: ReadonlySet<Fault> = new Set<Fault>([
  'dropBefore',
  'http500',
  'noJobId',
  'throttle',
  'redirect',
  'hang',
]);

export const HTML = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>';

function failBefore(fault: Fault, call: Call): Reply | undefined {
  switch (fault) {
    case 'http500':
      return { status: 500, text: HTML, headers: { 'content-type': 'text/html' } };
    case 'noJobId':
      return { status: 200, json: {} };
    case 'throttle':
      return throttled(call);
    case 'redirect':
      return { status: 307, headers: { location: 'http://127.0.0.1:9/elsewhere' }, text: '' };
    case 'hang':
      return undefined;
    default:
      call.request.socket.destroy();
      return undefined;
  }
}

function failAfter(fault: Fault | undefined, call: Call): Reply | undefined {
  switch (fault) {
    case 'dropAfter':
      call.request.socket.destroy();
      return undefined;
    case 'http504Accepted':
      return gatewayError(call, { status: 504, code: '0201', text: 'Backend timeout.' });
    case 'htmlAccepted':
      return { status: 200, text: HTML, headers: { 'content-type': 'text/html' } };
    default:
      return undefined;
  }
}

/** The client loses its connection now; IMS accepts a while later all the same. */
async function acceptLate(api: Api, body: Body, call: Call): Promise<undefined> {
  const { clock, cloud, options } = call.world;
  call.request.socket.destroy();
  await clock.sleep(options.createFaults.lateMs);
  cloud.accept(api, body, { options, late: true });
  return undefined;
}

export function throttled(call: Call): Reply {
  call.world.stats.throttled += 1;
  const { retryAfter } = call.world.options;
  const text =
    'The throttling threshold has been reached: policy ip over ratelimit,limit:5,time:1 second';
  const reply = gatewayError(call, { status: 429, code: '0308', text });
  return retryAfter === 0 ? reply : { ...reply, headers: { 'retry-after': String(retryAfter) } };
}
