/** HTML and SVG built from templates that escape whatever is put into them. The result is well-formed XML as well. */

/** Text that is markup already. Only `markup` makes it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template; nothing is drawn for what is undefined. */
export type Child = Markup | string | number | undefined | readonly Child[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** What XML has no way to write: control characters, half of a surrogate pair, and two that are no characters. */
// eslint-disable-next-line no-control-regex
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

/** A template's text is taken as it is, its values are escaped. */
export function markup(strings: TemplateStringsArray, ...values: Child[]): Markup {
  return new Markup(strings.reduce((text, part, index) => text + written(values[index - 1]) + part));
}

/** Text with nothing in it that markup would take for its own. */
export function escape(text: string): string {
  return text.replace(UNWRITABLE, "\ufffd").replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

function written(value: Child): string {
  if (value === undefined) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "string") return escape(value);
  return typeof value === "number" ? String(value) : value.map(written).join("");
}
