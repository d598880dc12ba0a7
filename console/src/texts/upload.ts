export const upload = {
  heading: "Upload",
};
