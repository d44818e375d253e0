import { randomBytes } from 'node:crypto';
import type { Session, Sessions } from '../ims/ims-answers.ts';
import { holdLogin, namesUnder } from './held-login.ts';
import { LoginAlone, type LoginAloneOptions } from './login-alone.ts';
import { createTokenCipher } from './token-cipher.ts';

/** Sessions of one process that shares nothing: for a look at the cloud without Redis. */
export function ownSessions(options: LoginAloneOptions): Sessions {
  const alone = new LoginAlone(options);
  const names = namesUnder(createTokenCipher(randomBytes(32)));
  const { cloud, clock } = options;
  const by = { names, credential: cloud.credential, early: 0, now: () => clock.now() };
  let held: Promise<Session> | undefined;
  const logIn = async (): Promise<Session> => holdLogin(await alone.login(), by).session;
  return {
    get: () => {
      held ??= logIn();
      return held;
    },
    invalidate: async (_, by) => {
      if (by !== 'foreign') held = undefined;
    },
  };
}
