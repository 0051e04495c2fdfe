/** Computers, programming and tools that are not ours. */
import { words } from "../lists.ts";

export const COMPUTING_TOPICS: readonly string[] = words(`
phones | laptops | televisions | the internet | social media | e-mail | Excel | Word | Photoshop | Linux
Windows | C++ | Java | Rust | JavaScript frameworks | web design | SQL | Python lists | Python decorators
pandas | NumPy | Django | Flask | Ruby | PHP | Perl | Haskell | Lisp | Prolog | Fortran | COBOL | Pascal
Kotlin | Swift | Scala | Erlang | Lua | R for statistics | MATLAB | assembly language | HTML tables | CSS grids
React | Angular | Vue | jQuery | Svelte | WordPress | Docker | Kubernetes | Jenkins | Ansible | Terraform
Vagrant | nginx | Apache | MySQL | PostgreSQL | MongoDB | Redis | Oracle databases | Excel formulas
pivot tables | PowerPoint slides | Google Docs | Outlook | Gmail | Photoshop layers | Blender | AutoCAD | Vim
Emacs | Visual Studio | Eclipse | the grep command | the sed command | the awk command | cron jobs | bash loops
PowerShell | Ubuntu | Debian | iPhones | iPads | MacBooks | Chromebooks | smart watches | printers | scanners
webcams | keyboards | computer mice | monitors | USB sticks | hard drives | sound cards | Bluetooth | Wi-Fi | 5G
routers for the home | fibre cables | satellites | GPS | search engines | cookies of web sites | spam
computer viruses | hackers | phishing | antivirus programs | firewalls of companies | VPNs | the dark web | AWS
Azure | supercomputers | transistors | microchips | drones | virtual reality | arcade machines
regular expressions | linked lists | binary trees | hash tables in Java | recursion | pointers in C
garbage collection | compilers | operating systems | unit tests in Java | Scrum | Git branches | GitHub stars
Stack Overflow | LaTeX | Markdown tables | PDF files | zip files | JPEG pictures | MP3 files | video editing
Arduino | Raspberry Pi | barcodes | QR codes | PlayStation | Xbox
`);
