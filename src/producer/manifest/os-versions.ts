import { DIALECTS } from '../../shared/dialect/dialect.ts';
import { cloudsOf, OS_VERSIONS } from '../../shared/dialect/os-versions.ts';
import { show } from './issue.ts';
import { nearestFew } from './suggest.ts';

const DOCUMENTED = [...new Set([...OS_VERSIONS.otc, ...OS_VERSIONS.huawei])];

/**
 * A warning for a value that IMS may refuse (IMG.0056). Only a warning: clouds differ, and the list
 * that counts is the cloud's. What is suggested stands in the documentation, letter by letter.
 */
export function osVersionWarning(value: string): string | undefined {
  const [only, another] = cloudsOf(value);
  if (only !== undefined && another !== undefined) return undefined;
  if (only !== undefined) {
    return `is ${show(value)}, which only ${DIALECTS[only].name} documents (IMG.0056 elsewhere)`;
  }
  const near = nearestFew(value, DOCUMENTED, 3).map(show).join(', ');
  return `is ${show(value)}, which IMS may not know (IMG.0056); near are ${near}`;
}
