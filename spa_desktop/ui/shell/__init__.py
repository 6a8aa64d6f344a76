"""The frame of the window: side bar, menus, start page, status strip, and the way in and out of projects."""
