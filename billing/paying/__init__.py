"""Money: cards through the payment provider, bank transfers booked by the operator."""
