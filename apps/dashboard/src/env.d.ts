/// <reference types="vite/client" />

// vue-tsc reads the components themselves; the type-aware lint does not, and would see every import of one as an error.
declare module '*.vue' {
  import type { DefineComponent } from 'vue';
  const component: DefineComponent;
  export default component;
}
