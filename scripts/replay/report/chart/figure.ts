/** One drawing with the sentence that says what to see in it. */
import { type Child, type Markup, markup } from "../markup";
import { WIDTH } from "./panel";

export interface Drawing {
  /** Pixels. */
  height: number;
  /** What it shows, for those who cannot see it. */
  label: string;
  layers: Child;
  /** One sentence: what to see. */
  caption: Child;
  /** Above the drawing, where there are several in a section. */
  heading?: Child;
}

/** A figure of the page. */
export function figure({ height, label, layers, caption, heading }: Drawing): Markup {
  const title = heading === undefined ? undefined : markup`<h3>${heading}</h3>`;
  return markup`<figure>${title}<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${label}">${layers}</svg><figcaption>${caption}</figcaption></figure>
`;
}
