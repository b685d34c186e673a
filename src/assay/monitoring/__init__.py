"""What a served model meets, beside what it was measured on: profile, window, drift, alerts; stands on evaluation."""
