// Runs before the first paint (a classic script in the head), so that a chosen theme never flashes the other one.
// The page's own switch is in theme.js.
try {
  const choice = localStorage.getItem("ai-block.theme");
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
} catch {
  // Storage is switched off: the system's theme is used.
}
