"""Write a finished run's layers in the formats that other programs ask for."""
