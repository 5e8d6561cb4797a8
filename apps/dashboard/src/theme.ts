import { type GlobalTheme, type GlobalThemeOverrides, darkTheme } from 'naive-ui';

interface Colours {
  readonly accent: string;
  readonly accentHover: string;
  readonly onAccent: string;
  readonly surface: string;
  readonly line: string;
  readonly text: string;
}

/** The kit's own green has 3.3:1 under white text, so its accent is replaced by that of style.css. */
const overridesOf = (colours: Colours): GlobalThemeOverrides => ({
  common: {
    primaryColor: colours.accent,
    primaryColorHover: colours.accentHover,
    primaryColorPressed: colours.accent,
    primaryColorSuppl: colours.accent,
    borderColor: colours.line,
    inputColor: colours.surface,
    textColorBase: colours.text,
    textColor2: colours.text,
    borderRadius: '8px',
    fontFamily: 'var(--sans)',
    fontFamilyMono: 'var(--mono)',
  },
  // A control's edge needs 3:1 as well; the kit's dark inputs have none.
  Input: { border: `1px solid ${colours.line}` },
  Radio: { buttonBorderColor: colours.line },
  Button: { textColorPrimary: colours.onAccent, textColorHoverPrimary: colours.onAccent, fontWeight: '550' },
});

export const themes: Record<'light' | 'dark', { theme: GlobalTheme | null; overrides: GlobalThemeOverrides }> = {
  light: {
    theme: null,
    overrides: overridesOf({
      accent: '#3a4fd0',
      accentHover: '#4c61e0',
      onAccent: '#ffffff',
      surface: '#ffffff',
      line: '#8690a2',
      text: '#141a24',
    }),
  },
  dark: {
    theme: darkTheme,
    overrides: overridesOf({
      accent: '#8fa0ff',
      accentHover: '#a6b4ff',
      onAccent: '#0b0f15',
      surface: '#0f141c',
      line: '#647289',
      text: '#e8edf5',
    }),
  },
};
