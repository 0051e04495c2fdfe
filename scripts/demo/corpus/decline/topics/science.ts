/** Physics, chemistry and space. */
import { words } from "../lists.ts";

export const SCIENCE_TOPICS: readonly string[] = words(`
space travel | the moon | Mars | black holes | the big bang | galaxies | stars | comets | gravity | relativity
quantum physics | atoms | electrons | electricity | magnets | batteries | solar panels | wind power
nuclear energy | climate change | pollution | recycling | evolution | genes | DNA | cells | Venus | Neptune
Pluto | the solar system | the Milky Way | supernovas | neutron stars | meteors | asteroids | eclipses
the northern lights | the space station | NASA | SpaceX | telescopes | Hubble | astronauts | light years
time travel | parallel universes | dark matter | dark energy | string theory | the speed of light | sound waves
radio waves | X-rays | microscopes | lenses | mirrors | prisms | friction | pendulums | levers | steam engines
thermodynamics | entropy | heat pumps | acids | bases in chemistry | salts | soap bubbles | plastics | polymers
crystals | diamonds | glass making | steel making | explosives | fireworks | gunpowder | the periodic table
isotopes | radioactivity | protons | neutrons | photons | the Higgs boson | CERN | fusion power | coal mines
natural gas | petrol | hydrogen cars | wind turbines | dams | semiconductors | superconductors | nanotechnology
clocks | sundials | compasses | thermometers | barometers
`);
