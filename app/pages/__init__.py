"""The pages people read in a browser: what this server is, how to set it up, and what its rules mean."""

from app.pages.router import create_router as create_router
