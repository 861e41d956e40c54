"""What Streamlit runs for `lull app`: the page, from a folder without `pages/`.

Next to the page Streamlit would take the folder `pages/` for screens of its own until the first reader has come, and
would say to that reader, if a link leads to another screen than the first, that there is no such page.
"""

import runpy

from lull.data.settings import settings

runpy.run_path(str(settings().page))
