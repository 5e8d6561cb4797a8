/** Whether anybody can see the page. */
export interface Visibility {
  hidden(): boolean;
  /** Calls back on each change; the returned function ends it. */
  subscribe(changed: () => void): () => void;
}

export function documentVisibility(document: Document): Visibility {
  return {
    hidden: () => document.hidden,
    subscribe: (changed) => {
      document.addEventListener('visibilitychange', changed);
      return () => document.removeEventListener('visibilitychange', changed);
    },
  };
}
