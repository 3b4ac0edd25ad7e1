// Text and axes, in the light and the dark theme.
export const ink = '#24292f'
export const inkInTheDark = '#d8dee4'
export const lines = '#d0d7de'
export const linesInTheDark = '#3d444d'

/** Data: at least 3:1 on white and on a dark page. */
export const palette = ['#2f7fd0', '#c9660a', '#2b9460', '#9461d4', '#cf4a63']
