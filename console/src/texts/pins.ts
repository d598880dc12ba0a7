export const pins = {
  heading: "Pins",
};
