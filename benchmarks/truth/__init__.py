"""Are the offline writer's phrases true? Every phrase is judged by looking at the photos it was written from."""
