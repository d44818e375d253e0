import { html } from '../../ui/markup.ts';
import { pageFrame } from './page-frame.ts';

/** Asks for user and password; `next`: the address to open then. */
export function loginPage(next: string, problem?: string): string {
  const main = html`<section class="card login"><h1>Log in</h1>
${problem === undefined ? undefined : html`<p class="problem" role="alert">${problem}</p>`}
<form method="post" action="/login"><input type="hidden" name="next" value="${next}">
<label>User<input name="user" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus></label>
<label>Password<input type="password" name="password" autocomplete="current-password" required></label>
<button class="button act" type="submit">Log in</button></form>
<p class="note">The login is set where the dashboard is started, with <code>IMS_FERRY_DASHBOARD_USER</code> and <code>IMS_FERRY_DASHBOARD_PASSWORD</code>.</p></section>`;
  return pageFrame({ title: 'Log in', main, isLogin: true });
}
