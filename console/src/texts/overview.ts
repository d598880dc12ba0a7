export const overview = {
  heading: "Overview",
};
