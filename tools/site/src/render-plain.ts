type Highlight = ((code: string, language: string, attributes: string) => string) | null;

/** The part of markdown-it that is needed here. */
export interface Renderer {
  readonly options: { highlight?: Highlight | undefined };
  set(options: { highlight: Highlight }): unknown;
  render(text: string, env: object): string;
}

/**
 * renderPlain renders a document for the search index, which has no use for colours: to highlight all code once more for it is a fifth
 * of the time of a build.
 */
export function renderPlain(text: string, env: object, md: Renderer): string {
  const { highlight = null } = md.options;
  md.set({ highlight: null });
  try {
    return md.render(text, env);
  } finally {
    md.set({ highlight });
  }
}
