import type { ReadFault } from '../faults/faults.ts';
import { answerOf } from '../faults/symptoms.ts';
import { refusedTo } from '../ims/refused-to.ts';
import { answerObs } from '../obs/obs-routes.ts';
import { isSigned } from '../obs/signature.ts';
import { authenticate, isSdkSigned, projectFault } from './authenticate.ts';
import type { CallName } from './call-names.ts';
import { asCoded, codedReply } from './coded-answer.ts';
import type { Answer, Call, Route } from './context.ts';
import { gatewayError, noSuchApi, throttled } from './errors.ts';

/** In front of every service: routes, throttling, tokens, and faults of reads. */
export function answer(call: Call, route: Route | undefined): Answer {
  if (isSigned(call.request)) return answerObs(call);
  if (!route) return call.request.method === 'HEAD' ? answerObs(call) : noSuchApi(call);
  if (route.name === 'control') return route.handle(call);
  const { stats } = call.world;
  const place = `${call.endpoint.region} ${call.endpoint.face}`;
  stats.calls[route.name] = (stats.calls[route.name] ?? 0) + 1;
  stats.endpoints[place] = (stats.endpoints[place] ?? 0) + 1;
  if (isTooFast(call)) return throttled(call);
  if (call.bodyKind === 'too large' && !isSdkSigned(call)) {
    return gatewayError(call, { status: 413, code: '0201', text: 'Request entity too large' });
  }
  if (route.secured !== 'no') return secured(call, route);
  const coded = call.world.options.answers[route.name];
  return coded === undefined ? route.handle(call) : codedReply(call, asCoded(coded));
}

function secured(call: Call, route: Route): Answer {
  const caller = authenticate(call);
  if ('status' in caller) return caller;
  const fault = route.secured === 'project' ? projectFault(call, caller) : undefined;
  if (fault) return fault;
  const known = { ...call, caller };
  // Creates have faults of their own, which strike first.
  if (CREATES.has(route.name)) return route.handle(known);
  return refusedTo(known, route.name) ?? served(known, route);
}

const CREATES: ReadonlySet<CallName> = new Set(['create system', 'create data', 'create quick']);

function isTooFast({ world }: Call): boolean {
  const limit = world.options.rateLimitPerSecond;
  if (limit === 0) return false;
  const second = Math.floor(world.clock.now() / 1000);
  const count = world.window.second === second ? world.window.count + 1 : 1;
  world.window = { second, count };
  return count > limit;
}

/** Reads have faults. */
function served(call: Call, route: Route): Answer {
  if (route.method !== 'GET') return route.handle(call);
  const { options, readDice, stats } = call.world;
  const { readFaults, readFaultsOn } = options;
  const isSpared = readFaultsOn.length > 0 && !readFaultsOn.includes(route.name);
  const fault = isSpared ? undefined : readDice.draw(readFaults);
  if (fault === undefined) return route.handle(call);
  stats.faults[fault] = (stats.faults[fault] ?? 0) + 1;
  return struck(call, route, fault);
}

function struck(call: Call, route: Route, fault: ReadFault): Answer {
  switch (fault) {
    case 'http500':
      return { status: 500, json: { error: { code: 500, message: 'Internal Server Error' } } };
    case 'http502':
    case 'html':
    case 'drop':
    case 'hang':
    case 'throttle':
      return answerOf(fault, call);
    case 'drip':
    case 'oversize': {
      const reply = route.handle(call);
      return typeof reply === 'string' ? reply : { ...reply, manner: fault };
    }
    case 'stale':
      return route.handle({ ...call, now: call.now - call.world.options.readFaults.staleMs });
  }
}
