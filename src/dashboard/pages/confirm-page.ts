import { html, type Markup } from '../../producer/report/html/markup.ts';
import { shown } from '../../producer/report/html/wording.ts';

/** One button that does something, with what it will do. */
export interface Choice {
  /** Hidden fields that are sent with it. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly label: string;
  readonly text: string | Markup;
  /** It cannot be taken back, or may cost something. */
  readonly isGrave?: boolean;
}

export interface Confirmation {
  readonly title: string;
  readonly subject: string;
  readonly text: Markup;
  /** Where the button sends to. */
  readonly action: string;
  readonly choices: readonly Choice[];
  /** Where who does not want it goes back to. */
  readonly back: string;
}

/** Says what will happen, and asks. */
export function confirmPart(confirmation: Confirmation): Markup {
  const { title, subject, text, choices, action, back } = confirmation;
  const forms = choices.map(({ fields = {}, label, text: what, isGrave }) => {
    const hidden = Object.entries(fields).map(
      ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
    );
    return html`<form class="choice" method="post" action="${action}">${hidden}<p>${what}</p><button class="button ${isGrave ? 'grave' : 'act'}" type="submit">${label}</button></form>`;
  });
  return html`<p class="kicker"><bdi>${shown(subject)}</bdi></p><h1>${title}</h1>
<section class="card confirm">${text}${forms}<p class="back"><a class="button" href="${back}">${choices.length === 0 ? 'Back' : 'No, go back'}</a></p></section>`;
}
