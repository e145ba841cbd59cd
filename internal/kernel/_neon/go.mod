module recurve/internal/kernel/_neon

go 1.26.0
