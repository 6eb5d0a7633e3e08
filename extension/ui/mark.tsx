/** The seal: a square of vermilion with し drawn in one stroke. Decoration beside the name, so it has no name itself. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect class="ground" width="32" height="32" rx="5" />
      <path
        class="sign"
        d="M11 6.5V19c0 4.2 2.4 6.5 5.8 6.5 3.5 0 5.9-2.2 7.2-5.8"
        stroke-width="4"
        stroke-linecap="round"
      />
    </svg>
  );
}
