import { expect, it } from '@jest/globals';
import { type Renderer, renderPlain } from '../src/render-plain.ts';

const colour = (code: string) => `<b>${code}</b>`;

function rendererOf(render: (highlight: unknown) => string): Renderer {
  const renderer: Renderer = {
    options: { highlight: colour },
    set: (options) => Object.assign(renderer.options, options),
    render: () => render(renderer.options.highlight),
  };
  return renderer;
}

it('renders without colours, and pages after it have theirs', () => {
  const renderer = rendererOf((highlight) => (highlight === null ? 'plain' : 'coloured'));
  expect(renderPlain('a', {}, renderer)).toBe('plain');
  expect(renderer.render('a', {})).toBe('coloured');
});

it('leaves the colours where rendering throws', () => {
  const renderer = rendererOf(() => {
    throw new Error('nowhere');
  });
  expect(() => renderPlain('a', {}, renderer)).toThrow('nowhere');
  expect(renderer.options.highlight).toBe(colour);
});
